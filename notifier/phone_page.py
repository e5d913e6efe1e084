"""The screen of the phone on the desk."""

PAGE = """<!doctype html>
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
</style>
<main>
  <header><h1>The phone on the desk</h1><p id="state">listening&hellip;</p></header>
  <div id="list"></div>
</main>
<script>
  const list = document.getElementById("list"), state = document.getElementById("state");
  let newest = null;
  const line = (kind, name, text) => {
    const found = document.createElement(kind);
    found.className = name;
    found.textContent = text;
    return found;
  };
  const bubble = (message) => {
    const found = document.createElement("article");
    const when = new Date(message.at).toLocaleString();
    found.append(line("div", "text", message.body),
                 line("p", "foot", `to ${message.to} · ${when} · ${message.segments} SMS`));
    return found;
  };
  async function refresh() {
    try {
      const { messages } = await (await fetch("/phone", { cache: "no-store" })).json();
      state.textContent = messages.length ? `${messages.length} message(s), newest first`
                                          : "no message yet";
      const first = messages.length ? messages[0].sid : "";
      if (first !== newest) { newest = first; list.replaceChildren(...messages.map(bubble)); }
    } catch { state.textContent = "not reachable, trying again"; }
    setTimeout(refresh, 1000);
  }
  refresh();
</script>
</html>
"""
