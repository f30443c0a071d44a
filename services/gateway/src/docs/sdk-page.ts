import type { SdkListing } from '@alkdev/contracts'

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1.5rem;color:#1b1f24;background:#fff}
pre{background:#f6f8fa;padding:.5rem .75rem;overflow:auto}td,th{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top}
code{font-family:ui-monospace,monospace;font-size:.85em;overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}pre{background:#161b22}a{color:#58a6ff}}`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}

/** The page at `/sdk/`: each library with the command that installs it. `base` is the URL of the hub as the visitor reached it. */
export function sdkPage({ libraries }: SdkListing, base: string): string {
  const sections = libraries.map(
    ({
      name,
      version,
      description,
      file,
      latest,
      integrity,
      bytes,
    }) => `<h2>${escape(name)} ${escape(version)}</h2>
<p>${escape(description)}</p>
<pre>npm install ${escape(base)}/sdk/${escape(latest)}</pre>
<table>
<tr><th>Tarball</th><td><a href="/sdk/${escape(file)}">${escape(file)}</a>, ${Math.ceil(bytes / 1024)} KiB</td></tr>
<tr><th>Integrity</th><td><code>${escape(integrity)}</code></td></tr>
</table>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>alkdev hub: libraries</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Libraries of this hub</h1>
<p>For Node 20 or newer (operations: 22.19 or newer) and for browsers. The same list <a href="/sdk/index.json">as JSON</a>.</p>
${sections.join('\n')}
</body>
</html>
`
}
