import { Copy } from './copy.tsx'

/** The command that does the same in a terminal. */
export function CliLine({ line }: { readonly line: string }) {
  return (
    <div class="cli" title="The same in a terminal">
      <code>{line}</code>
      <Copy text={line} />
    </div>
  )
}

/** A word of a command line, quoted when a shell would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** `./alkhub call` with its input. */
export function callLine(operationId: string, input: unknown): string {
  const json = JSON.stringify(input)
  const rest = json === '{}' || json === undefined ? '' : ` ${shellWord(json)}`
  return `./alkhub call ${shellWord(operationId)}${rest}`
}
