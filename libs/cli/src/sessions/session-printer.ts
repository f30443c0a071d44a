import type { Io } from '../command.ts'
import { wrap } from '../wrap.ts'
import { calledBy, cut, inputText, oneLine, toolLine } from './tool-text.ts'
import type { Shown, Tokens } from './transcript.ts'
import { safeText } from '../say.ts'
import { startedAs } from '../started-as.ts'

const DEFAULT_COLUMNS = 80
/** Lines of an input that are shown with a question. */
const MAX_INPUT_LINES = 12
const APPROVAL_KEYS = '  a allow   s allow in this session   d deny   v view all'
const CLEAR_LINE = '\r\u001B[K'
const DIM = '\u001B[2m'
const BOLD = '\u001B[1m'
const RED = '\u001B[31m'
const RESET = '\u001B[0m'

/** Writes what a session shows: on a terminal with styles and a line of what runs now, elsewhere as plain lines. */
export class SessionPrinter {
  readonly #io: Io
  readonly #keys: boolean
  readonly #terminal: boolean
  readonly #styled: boolean
  /** Text was written and the line is not ended. */
  #inLine = false
  #kind: 'text' | 'reasoning' | undefined
  #turnId: string | undefined
  #status = ''
  #isStatusShown = false
  #held: Shown[] | undefined

  /** `keys`: the user answers approvals with a key. */
  constructor(io: Io, keys = false) {
    this.#io = io
    this.#keys = keys
    this.#terminal = io.stdout.isTTY
    this.#styled = this.#terminal && (io.env['NO_COLOR'] ?? '') === ''
  }

  /** Columns of the terminal; 0 where there is none. Some terminals report 0 for a width that they do not know. */
  get columns(): number {
    return this.#terminal ? this.#io.stdout.columns || DEFAULT_COLUMNS : 0
  }

  /** Keeps what is shown from now on until `release`, while the user types. */
  hold(): void {
    this.#held ??= []
    this.#eraseStatus()
    this.#endLine()
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const one of held) this.show(one)
  }

  show(shown: Shown): void {
    if (this.#held) {
      this.#held.push(shown)
      return
    }
    this.#eraseStatus()
    this.#write(shown)
    this.#drawStatus()
  }

  /** A line of the program itself. */
  note(text: string): void {
    this.show({ type: 'note', text })
  }

  /** Ends a line of text and removes the line of what runs. */
  end(): void {
    this.#status = ''
    this.#eraseStatus()
    this.#endLine()
  }

  #write(shown: Shown): void {
    switch (shown.type) {
      case 'text':
      case 'reasoning':
        return this.#text(shown.type, safeText(shown.text))
      case 'message':
        return this.#line(`> ${safeText(shown.text).replaceAll('\n', '\n  ')}`, BOLD)
      case 'note':
        return this.#line(this.#fold(`- ${oneLine(shown.text)}`), DIM)
      case 'tool':
        return this.#line(
          toolLine(shown.toolCall, this.columns),
          shown.toolCall.status === 'done' ? DIM : RED,
        )
      case 'running':
        this.#status = shown.toolCalls.map((call) => toolLine(call, 0)).join('  ')
        return undefined
      case 'ask':
        return this.#ask(shown)
      case 'turn-started':
        // A text of an earlier turn has no end of its own. After a cut the same turn goes on in its line.
        if (shown.turnId !== this.#turnId) this.#endLine()
        this.#turnId = shown.turnId
        return undefined
      case 'turn-ended':
        this.#status = ''
        return this.#turnEnded(shown)
      default:
        this.#status = ''
        return this.#line(`- The session is ${shown.status}.`, DIM)
    }
  }

  /** The reasoning of a model is shown on a terminal only. */
  #text(kind: 'text' | 'reasoning', text: string): void {
    if (text === '' || (kind === 'reasoning' && !this.#terminal)) return
    if (this.#kind !== undefined && this.#kind !== kind) this.#endLine()
    this.#kind = kind
    this.#io.stdout.write(kind === 'reasoning' ? this.#style(text, DIM) : text)
    this.#inLine = !text.endsWith('\n')
  }

  #ask({ toolCall }: Extract<Shown, { type: 'ask' }>): void {
    const { name, input } = calledBy(toolCall)
    this.#line(`? ${oneLine(name)} needs an approval.`, BOLD)
    const lines = safeText(inputText(input, 2)).split('\n')
    const width = this.columns === 0 ? 200 : this.columns - 4
    for (const line of lines.slice(0, MAX_INPUT_LINES)) this.#line(`    ${cut(line, width)}`)
    if (lines.length > MAX_INPUT_LINES)
      this.#line(`    … ${lines.length - MAX_INPUT_LINES} more lines`, DIM)
    if (this.#keys) this.#line(APPROVAL_KEYS, BOLD)
    else
      this.#line(
        `    ${startedAs(this.#io)} approvals answer ${toolCall.approvalId ?? ''} allow|deny`,
      )
  }

  #turnEnded({ reason, error, tokens }: Extract<Shown, { type: 'turn-ended' }>): void {
    if (reason !== 'completed') {
      const why = error === undefined ? '' : `: ${oneLine(error)}`
      const isStopped = reason === 'user-stop'
      this.#line(this.#fold(isStopped ? '- Stopped.' : `- ${reason}${why}`), isStopped ? DIM : RED)
    } else if (this.#terminal && tokens.input + tokens.output > 0)
      this.#line(`- ${tokenText(tokens)}`, DIM)
    else this.#endLine()
  }

  #fold(text: string): string {
    return this.columns === 0 ? text : wrap(text, this.columns, 2)
  }

  #line(text: string, style = ''): void {
    this.#endLine()
    this.#io.stdout.write(`${this.#style(text, style)}\n`)
  }

  #endLine(): void {
    if (this.#inLine) this.#io.stdout.write('\n')
    this.#inLine = false
    this.#kind = undefined
  }

  #style(text: string, style: string): string {
    return this.#styled && style !== '' ? `${style}${text}${RESET}` : text
  }

  /** The line of what runs stands below everything, so it waits until the text before it has ended. */
  #drawStatus(): void {
    if (!this.#terminal || this.#status === '') return
    this.#endLine()
    this.#io.stdout.write(this.#style(cut(this.#status, this.columns - 1), DIM))
    this.#isStatusShown = true
  }

  #eraseStatus(): void {
    if (this.#isStatusShown) this.#io.stdout.write(CLEAR_LINE)
    this.#isStatusShown = false
  }
}

function tokenText({ input, output }: Tokens): string {
  return `${input.toLocaleString('en')} tokens in, ${output.toLocaleString('en')} out`
}
