/** The style of the page. */
export const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;margin:0;color:#1b1f24;background:#fff}
header{padding:1rem 1.5rem;border-bottom:1px solid #d8dee4;display:flex;gap:1rem;flex-wrap:wrap;align-items:center}
h1{font-size:1.1rem;margin:0 auto 0 0}
main{max-width:60rem;margin:0 auto;padding:1rem 1.5rem}
input,textarea,button{font:inherit;padding:.35rem .5rem;border:1px solid #8c959f;border-radius:4px}
textarea{width:100%;box-sizing:border-box;font-family:ui-monospace,monospace;min-height:5rem}
details{border-bottom:1px solid #d8dee4;padding:.5rem 0}
summary{cursor:pointer}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{background:#f6f8fa;padding:.75rem;overflow:auto;max-height:24rem}
.type{color:#57606a;margin-left:.5rem}
#note{color:#57606a}
`

/** Lists operations and calls them with the key that the visitor types in, which stays in the page. */
export const SCRIPT = `
const $ = (id) => document.getElementById(id)
const show = (value) => JSON.stringify(value, null, 2)
const make = (name, text, className) => { const e = document.createElement(name); if (text) e.textContent = text; if (className) e.className = className; return e }
const ask = async (path, init = {}) => {
  const answer = await fetch(path, { ...init, headers: { 'x-api-key': $('key').value, ...init.headers } })
  const body = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(body.code ? body.code + ': ' + body.detail : answer.statusText)
  return body
}
const fill = async (box, item) => {
  const spec = await ask('/api/operations/' + encodeURIComponent(item.operationId))
  box.append(make('p', item.description), make('pre', show({ input: spec.inputSchema, output: spec.outputSchema, scopes: spec.accessControl.requiredScopes })))
  if (spec.type === 'subscription') return
  const input = make('textarea'); input.value = '{}'
  const button = make('button', 'Call'); const result = make('pre')
  button.onclick = async () => {
    result.textContent = '...'
    try { result.textContent = show(await ask('/api/operations/' + encodeURIComponent(item.operationId), { method: 'POST', headers: { 'content-type': 'application/json' }, body: input.value })) }
    catch (error) { result.textContent = error.message }
  }
  box.append(input, button, result)
}
const load = async () => {
  const list = $('list'); list.replaceChildren()
  try {
    const q = $('q').value
    const { items } = await ask('/api/operations?limit=200' + (q ? '&q=' + encodeURIComponent(q) : ''))
    $('note').textContent = items.length + ' operations'
    for (const item of items) {
      const box = make('details'); const head = make('summary')
      head.append(make('code', item.operationId), make('span', item.type, 'type'), make('span', ' ' + (item.title ?? '')))
      box.append(head)
      box.addEventListener('toggle', () => fill(box, item).catch((error) => box.append(make('pre', error.message))), { once: true })
      list.append(box)
    }
  } catch (error) { $('note').textContent = error.message }
}
$('form').onsubmit = (event) => { event.preventDefault(); load() }
`

/** The whole page. It contains no data of the hub: everything is requested with the visitor's own key. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>alkdev hub: operations</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>alkdev hub: operations</h1>
<form id="form">
<input id="key" type="password" placeholder="key (alk_...)" autocomplete="off" aria-label="key">
<input id="q" placeholder="search" aria-label="search">
<button>Show</button>
</form>
</header>
<main>
<p id="note">Type in a key to see the operations that it may call. The same as <a href="/openapi.json">OpenAPI 3.1</a>, which needs the key as a header.</p>
<div id="list"></div>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`
