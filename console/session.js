// A page whose web socket was cut asks whether anybody is signed in still. If not, it goes to where people
// sign in, instead of trying for ever to connect again behind a picture of what was.
"use strict";
(() => {
  const EVERY_MS = 3000;
  setInterval(async () => {
    if (!window.socket || window.socket.connected) return;
    try {
      const answer = await fetch("/signed-in", { cache: "no-store", redirect: "manual" });
      if (answer.status === 401) {
        const here = encodeURIComponent(window.location.pathname);
        window.location.replace(`/sign-in?next=${here}`);
      }
    } catch {
      // The server is away: the page says so itself, and comes back with it.
    }
  }, EVERY_MS);
})();
