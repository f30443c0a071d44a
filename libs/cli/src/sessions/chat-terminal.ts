import { randomUUID } from 'node:crypto'
import type {
  Session,
  SessionEvent,
  SessionsPromptInput,
  SessionsPromptOutput,
  SessionToolCall,
} from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import type { Io } from '../command.ts'
import { EXIT } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { followSession } from './follow-session.ts'
import { SessionPrinter } from './session-printer.ts'
import { scopeText, sessionScope } from './session-scope.ts'
import { GIVEN_UP, TerminalKeys } from './terminal-keys.ts'
import type { Key } from './terminal-keys.ts'
import { calledBy, inputText } from './tool-text.ts'
import { Transcript } from './transcript.ts'
import { say } from '../say.ts'
import { startedAs } from '../started-as.ts'

const BUSY: ReadonlySet<string> = new Set(['queued', 'running', 'waiting'])
/** An attached terminal waits longer for a hub that is unreachable. */
const MAX_LOST_MS = 3_600_000
const HELP =
  'Ctrl-C stops the turn, Ctrl-D or /quit leaves; the session stays. What you type during a turn reaches the model with its next step.'

/** A chat with a session on a terminal, until the user leaves or the session ends. `hub` ends its requests when `leave` aborts. */
export class ChatTerminal {
  readonly #hub: HubClient
  readonly #io: Io
  readonly #leave: AbortController
  readonly #printer: SessionPrinter
  readonly #transcript = new Transcript()
  readonly #keys: TerminalKeys
  /** Resolves once the conversation so far is shown, so that the prompt stands below it. */
  readonly #opened = Promise.withResolvers<undefined>()
  readonly #asked = new Map<string, SessionToolCall>()
  #session: Session
  #isStopping = false
  #hasEnded = false
  #failure: Error | undefined

  constructor(hub: HubClient, io: Io, session: Session, leave: AbortController) {
    this.#hub = hub
    this.#io = io
    this.#session = session
    this.#leave = leave
    this.#printer = new SessionPrinter(io, true)
    this.#keys = new TerminalKeys(io)
  }

  /** Gives the exit code. Throws OperatorError for what the hub refuses. */
  async run(): Promise<number> {
    using keys = this.#keys
    const { title, slug, model } = this.#session
    this.#printer.note(`${title} (${slug})${model === undefined ? '' : `, ${model}`}`)
    this.#printer.note(HELP)
    const onAbort = (): void => {
      keys.wake()
      this.#opened.resolve(undefined)
    }
    this.#io.signal.addEventListener('abort', onAbort, { once: true })
    const followed = this.#follow()
    try {
      await this.#opened.promise
      while (!this.#isOver) if (!(await (this.#isBusy ? this.#watchKeys() : this.#prompt()))) break
    } finally {
      this.#leave.abort()
      await followed
      this.#printer.release()
      this.#printer.end()
      this.#io.signal.removeEventListener('abort', onAbort)
    }
    if (this.#failure !== undefined) throw this.#failure
    if (this.#io.signal.aborted) return EXIT.interrupted
    if (!this.#hasEnded)
      say(
        this.#io.stdout,
        `Left. Attach again with: ${startedAs(this.#io)} sessions attach ${slug}`,
      )
    return EXIT.done
  }

  get #isOver(): boolean {
    return this.#hasEnded || this.#failure !== undefined || this.#io.signal.aborted
  }

  get #isBusy(): boolean {
    return BUSY.has(this.#session.status)
  }

  async #follow(): Promise<void> {
    const events = followSession(this.#hub, {
      sessionId: this.#session.sessionId,
      signal: this.#leave.signal,
      maxLostMs: MAX_LOST_MS,
      onConnection: (connected) =>
        this.#printer.note(
          connected ? 'Connected again.' : 'The connection was lost; trying again.',
        ),
    })
    try {
      for await (const event of events) {
        this.#take(event)
        this.#opened.resolve(undefined)
        this.#keys.wake()
      }
    } catch (error) {
      this.#failure =
        error instanceof Error ? error : new Error('The stream failed.', { cause: error })
    }
    this.#opened.resolve(undefined)
    this.#keys.wake()
  }

  #take(event: SessionEvent): void {
    const { session, type, toolCall, turnId } = event
    if (session && session.position >= this.#session.position) this.#session = session
    if (type === 'turn.ended' && (this.#session.turnId ?? turnId) === turnId)
      this.#session = { ...this.#session, status: 'idle' }
    if (type === 'turn.started' && !this.#isBusy)
      this.#session = { ...this.#session, status: 'running' }
    if (type === 'turn.ended') {
      this.#isStopping = false
      this.#asked.clear()
    }
    if (type === 'session.ended') this.#hasEnded = true
    if (toolCall && toolCall.status !== 'waiting') this.#asked.delete(toolCall.toolCallId)
    for (const shown of this.#transcript.apply(event)) {
      if (shown.type === 'ask') this.#asked.set(shown.toolCall.toolCallId, shown.toolCall)
      this.#printer.show(shown)
    }
  }

  /** Reads a prompt. Gives false when the user leaves. */
  async #prompt(): Promise<boolean> {
    this.#printer.end()
    const line = await this.#keys.line({
      prompt: '> ',
      mayGiveUp: () => this.#isBusy || this.#isOver,
      onKept: () => this.#printer.hold(),
      onInterrupt: () => say(this.#io.stdout, '\n- Ctrl-D leaves; the session stays.'),
    })
    if (line === GIVEN_UP) return true
    if (line === undefined) return false
    const text = line.trim()
    if (text === '/quit' || text === '/exit') return false
    if (text === '/help') this.#printer.note(HELP)
    else if (text !== '') await this.#send(text, {})
    this.#printer.release()
    return true
  }

  /** Handles the keys during a turn. Gives false when the user leaves. */
  async #watchKeys(): Promise<boolean> {
    const keys = await this.#keys.keys()
    let typed = ''
    for (const key of keys) {
      if (key.ctrl && key.name === 'd') return false
      if (key.ctrl && key.name === 'c') {
        if (this.#isStopping) return false
        await this.#stop()
      } else if (typed === '' && (await this.#answer(key))) continue
      else if (key.name === 'return' && typed.trim() !== '') {
        // Pasted together with its end.
        this.#printer.show({ type: 'message', text: typed.trim() })
        await this.#sendDuringTurn(typed.trim())
        typed = ''
      } else typed += key.text
    }
    if (typed.trim() !== '') await this.#steer(typed)
    return true
  }

  async #stop(): Promise<void> {
    this.#isStopping = true
    this.#printer.note('Stopping the turn. Ctrl-C again leaves.')
    await this.#try(() => this.#hub.call('sessions.stop', { sessionId: this.#session.sessionId }))
  }

  async #steer(typed: string): Promise<void> {
    this.#printer.hold()
    const line = await this.#keys.line({ prompt: '>> ', typed })
    if (typeof line === 'string' && line.trim() !== '') await this.#sendDuringTurn(line.trim())
    this.#printer.release()
  }

  /** The turn may be over by now. */
  async #sendDuringTurn(text: string): Promise<void> {
    await this.#send(text, this.#isBusy ? { mode: 'steer', fallback: 'queue' } : {})
  }

  async #send(text: string, how: Pick<SessionsPromptInput, 'mode' | 'fallback'>): Promise<void> {
    const messageId = randomUUID()
    this.#transcript.know(messageId)
    const input = { sessionId: this.#session.sessionId, text, messageId, ...how }
    await this.#try(async () => {
      const { session } = await this.#hub.call<SessionsPromptOutput>('sessions.prompt', input)
      if (session.position >= this.#session.position) this.#session = session
    })
  }

  /** Answers the oldest approval with a key. Gives false for a key that is no answer. */
  async #answer({ text }: Key): Promise<boolean> {
    const [toolCall] = this.#asked.values()
    if (toolCall?.approvalId === undefined || !'asdv'.includes(text) || text === '') return false
    const { approvalId } = toolCall
    if (text === 'v') {
      const { input } = calledBy(toolCall)
      this.#printer.end()
      say(this.#io.stdout, inputText(input, 2))
      return true
    }
    const decision = text === 'd' ? 'deny' : 'allow'
    const reason = text === 'd' ? await this.#reason() : undefined
    let note = decision === 'allow' ? 'Allowed.' : 'Denied.'
    const isDone = await this.#try(async () => {
      const scope = text === 's' ? await sessionScope(this.#hub, approvalId) : undefined
      if (scope !== undefined) note = scopeText(scope)
      const answer = { ...scope, ...(reason !== undefined && { answer: reason }) }
      await this.#hub.call('approvals.answer', { approvalId, decision, ...answer })
    })
    this.#asked.delete(toolCall.toolCallId)
    if (isDone) this.#printer.note(note)
    const [next] = this.#asked.values()
    if (next) this.#printer.show({ type: 'ask', toolCall: next })
    return true
  }

  async #reason(): Promise<string | undefined> {
    this.#printer.hold()
    const line = await this.#keys.line({ prompt: 'Reason for the model (Enter for none): ' })
    this.#printer.release()
    return typeof line === 'string' && line.trim() !== '' ? line.trim() : undefined
  }

  /** Shows what the hub refuses, and goes on. */
  async #try(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      this.#printer.note(error.message)
      return false
    }
  }
}
