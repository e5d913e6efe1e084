"""The screen of the phone on the desk."""

PAGE = r"""<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Clearway: the phone on the desk</title>
<style>
  :root { color-scheme: light dark; --paper: #f2f2f7; --bubble: #fff; --ink: #1c1c1e; --faint: #6e6e73; }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #111; --bubble: #2c2c2e; --ink: #f2f2f7; --faint: #98989d; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--paper); color: var(--ink);
         font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
  main { max-width: 26rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
  header { position: sticky; top: 0; padding: .9rem 0 .6rem; background: var(--paper); }
  h1 { font-size: 1.05rem; margin: 0; }
  p { margin: 0; color: var(--faint); font-size: .8rem; }
  article { margin: 1.1rem 0; }
  .text { background: var(--bubble); border-radius: 1.1rem 1.1rem 1.1rem .3rem; padding: .7rem .95rem;
          width: fit-content; max-width: 92%; overflow-wrap: anywhere; }
  .foot { margin: .25rem .6rem 0; }
  .text a { color: inherit; }
  .mine { background: #0a63d1; color: #fff; border-radius: 1.1rem 1.1rem .3rem 1.1rem; padding: .5rem .95rem;
          width: fit-content; max-width: 92%; margin: .4rem 0 0 auto; overflow-wrap: anywhere; }
  form { display: flex; gap: .4rem; margin: .4rem .3rem 0; }
  input { flex: 1; min-width: 0; font: inherit; font-size: .85rem; color: inherit; background: var(--bubble);
          border: 1px solid var(--faint); border-radius: 1rem; padding: .2rem .8rem; }
  button { font: inherit; font-size: .85rem; color: inherit; background: var(--bubble);
           border: 1px solid var(--faint); border-radius: 1rem; padding: .2rem .8rem; }
</style>
<main>
  <header><h1>The phone on the desk</h1><p id="state">listening&hellip;</p></header>
  <div id="list"></div>
</main>
<script>
  const list = document.getElementById("list"), state = document.getElementById("state");
  let shown = null;
  const line = (kind, name, text) => {
    const found = document.createElement(kind);
    found.className = name;
    found.textContent = text;
    return found;
  };
  const text = (body) => {
    const found = line("div", "text", "");
    for (const part of body.split(/(https?:\/\/[0-9A-Za-z.:/_-]+)/)) {
      if (!/^https?:/.test(part)) { found.append(part); continue; }
      const link = line("a", "", part);
      link.href = part; link.target = "_blank"; link.rel = "noopener noreferrer";
      found.append(link);
    }
    return found;
  };
  const answering = (sid) => {
    const form = document.createElement("form"), field = document.createElement("input");
    field.placeholder = "answer, e.g. STOP or START"; field.maxLength = 1600;
    field.setAttribute("aria-label", "Answer this message");
    form.append(field, line("button", "", "Send"));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!field.value.trim()) return;
      const body = JSON.stringify({ sid, text: field.value });
      await fetch("/phone/answer", { method: "POST", headers: { "Content-Type": "application/json" }, body });
      field.value = ""; field.blur(); shown = null;
    });
    return form;
  };
  const bubble = (message) => {
    const found = document.createElement("article");
    const when = new Date(message.at).toLocaleString();
    const foot = `to ${message.to} · ${when} · ${message.segments} SMS · ${message.status}`;
    found.append(text(message.body), line("p", "foot", foot),
                 ...message.answers.map((answer) => line("div", "mine", answer)), answering(message.sid));
    return found;
  };
  async function refresh() {
    try {
      const { messages } = await (await fetch("/phone", { cache: "no-store" })).json();
      state.textContent = messages.length ? `${messages.length} message(s), newest first`
                                          : "no message yet";
      const now = JSON.stringify(messages);
      const typing = [...list.querySelectorAll("input")].some((field) => field.value);
      if (now !== shown && !typing) { shown = now; list.replaceChildren(...messages.map(bubble)); }
    } catch { state.textContent = "not reachable, trying again"; }
    setTimeout(refresh, 1000);
  }
  refresh();
</script>
</html>
"""
