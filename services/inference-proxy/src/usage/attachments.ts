import { listOf, member, plainText } from './usage.ts'

/** What a request holds beside text, and what it refers to. */
export interface Attachments {
  /** Characters of base64 of each attachment in the body. */
  readonly encoded: readonly number[]
  /** Attachments that are given by an address or an id. */
  readonly addressed: number
  /** The provider adds an earlier conversation, or a document, whose tokens the body does not tell. */
  readonly isOpen: boolean
}

/** Members of a part of a message that hold an attachment, or an object with one. */
const HOLDERS = [
  'image_url',
  'video_url',
  'audio_url',
  'input_audio',
  'file',
  'source',
  'file_data',
  'file_url',
  'file_id',
  'url',
] as const
/** Members of such an object. */
const HELD = ['url', 'data', 'file_data', 'file_url', 'file_id'] as const
/** Holds base64, or an address of data. */
const DATA: ReadonlySet<string> = new Set(['data', 'file_data'])
/** What an attachment is. The tokens of an image have a bound, those of a sound grow with its bytes; a document and a video may be compressed as far as they like. */
type Kind = 'image' | 'audio' | 'open'

function kindOf(type: string, holder: string): Kind {
  if (/video/.test(type + holder)) return 'open'
  if (/audio/.test(type + holder)) return 'audio'
  return /image|screenshot/.test(type) ? 'image' : 'open'
}
const DATA_URL = /^data:([^,]{0,256}?);base64,/i
/** Base64 of these is as long as its text. */
const TEXTS = /^(?:text\/|application\/(?:.*\+)?(?:json|xml|yaml|javascript)\b)/i

/**
 * Finds the attachments of a request: in the parts of its messages only, because a text in any other place, such as the input of a tool call, is text
 * for the model whatever it looks like. `body`: parsed.
 */
export function attachmentsOf(body: unknown): Attachments {
  const found = new Found(isStored(body))
  for (const list of ['messages', 'input'] as const)
    for (const item of listOf(member(body, list))) {
      if (member(item, 'type') === 'item_reference') found.isOpen = true
      found.part(item)
      found.parts(member(item, 'output'))
    }
  return found
}

/** Whether it continues what the provider has stored. */
function isStored(body: unknown): boolean {
  const names = ['previous_response_id', 'conversation'] as const
  return (
    names.some((name) => (member(body, name) ?? null) !== null) ||
    member(member(body, 'prompt'), 'id') !== undefined
  )
}

class Found implements Attachments {
  readonly encoded: number[] = []
  addressed = 0
  isOpen: boolean

  constructor(isOpen: boolean) {
    this.isOpen = isOpen
  }

  parts(list: unknown): void {
    if (Array.isArray(list)) for (const part of list) this.part(part)
    else this.part(list)
  }

  part(part: unknown): void {
    if (typeof part !== 'object' || part === null) return
    const type = plainText(part, 'type')
    for (const name of HOLDERS) {
      const holder = member(part, name)
      if (typeof holder === 'string') this.#take(name, holder, kindOf(type, name), undefined)
      else if (typeof holder === 'object') this.#held(holder, kindOf(type, name))
    }
    this.parts(member(part, 'content'))
  }

  #held(holder: unknown, kind: Kind): void {
    // Of Anthropic: a document that is text, or a list of parts.
    if (member(holder, 'type') === 'text') return
    this.parts(member(holder, 'content'))
    for (const name of HELD) {
      const value = member(holder, name)
      if (typeof value === 'string') this.#take(name, value, kind, member(holder, 'media_type'))
    }
  }

  #take(name: string, value: string, kind: Kind, mediaType: unknown): void {
    const url = DATA_URL.exec(value)
    if (url === null && !DATA.has(name)) {
      this.addressed += 1
      this.isOpen ||= kind !== 'image'
      return
    }
    const type = url?.[1] ?? (typeof mediaType === 'string' ? mediaType : '')
    if (TEXTS.test(type)) return
    this.encoded.push(value.length - (url?.[0].length ?? 0))
    this.isOpen ||= kind === 'open'
  }
}
