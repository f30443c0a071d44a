import { CodedError } from '@alkdev/errors'
import { refuseOtherModels } from '../relay/deciding-members.ts'

const CRLF = '\r\n'
const DASHES = '--'
const BLANK_LINE = Buffer.from('\r\n\r\n')
const MAX_MODEL_BYTES = 512
const MAX_HEAD_BYTES = 8192
const MAX_PARTS = 1000

/** The member `model` of a form (`multipart/form-data`): its value, and its place in the bytes. */
export interface FormModel {
  readonly model: string
  readonly from: number
  readonly to: number
}

/** Bytes of a form: a part between two boundaries. */
interface FormPart {
  readonly head: string
  readonly from: number
  readonly to: number
}

/** What a form says, as far as it decides what its request uses. */
export interface ReadForm {
  /** Undefined when it names none. */
  readonly found: FormModel | undefined
  /** How many answers it asks for. */
  readonly answers: number
  /** It names a tier. */
  readonly namesTier: boolean
}

const MAX_ANSWERS = 1_000_000
const TIER_NAME = /^(?:service_tier|speed|inference_geo)$/

/**
 * Reads the members of a form that decide. `type`: the content type, with the boundary. Throws VALIDATION_ERROR for a
 * form that another reader could take for one with another model: with two members of that name, or not written as RFC 7578 says, and for one with
 * members that name other models.
 */
export function readForm(body: Buffer, type: string): ReadForm {
  let found: FormModel | undefined
  let answers = 1
  let namesTier = false
  for (const { head, from, to } of partsOf(body, boundaryOf(type))) {
    const { name, isPlain } = headOf(head)
    const plain = meant(name)
    refuseOtherModels(plain)
    namesTier ||= TIER_NAME.test(plain)
    if (plain === 'n') answers = Math.max(answers, countIn(body, from, to))
    if (plain !== 'model') continue
    if (name !== 'model' || found !== undefined || !isPlain)
      throw invalid('It must name its model once, in a member with the name "model".')
    if (to - from > MAX_MODEL_BYTES) throw invalid('The name of its model is too long.')
    found = { model: body.toString('utf8', from, to), from, to }
  }
  return { found, answers, namesTier }
}

/** A number of answers, however it is written. One that cannot be read here may be read by the provider, such as `1_0`: then the most. */
function countIn(body: Buffer, from: number, to: number): number {
  if (to - from > MAX_MODEL_BYTES) return MAX_ANSWERS
  const count = Math.ceil(Number(body.toString('utf8', from, to)))
  return Number.isNaN(count) ? MAX_ANSWERS : Math.min(MAX_ANSWERS, count)
}

/** The form with another model. */
export function withFormModel(body: Buffer, { from, to }: FormModel, model: string): Buffer {
  return Buffer.concat([body.subarray(0, from), Buffer.from(model), body.subarray(to)])
}

function boundaryOf(type: string): string {
  const [given, ...more] = type.matchAll(/boundary[^;]*/gi)
  const match = /^boundary=(?:"([^"\\]{1,70})"|([^\s";,\\]{1,70}))\s*$/i.exec(given?.[0] ?? '')
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined || more.length > 0)
    throw invalid('Its content type must name one boundary.')
  return boundary
}

/** In time linear in the length. Wherever the boundary is in the bytes, it must divide parts. */
function* partsOf(body: Buffer, boundary: string): Generator<FormPart> {
  const mark = Buffer.from(DASHES + boundary)
  let parts = 0
  let at = body.indexOf(mark)
  if (at !== 0) throw invalid('It must begin with its boundary.')
  for (;;) {
    const line = at + mark.length
    const after = body.toString('latin1', line, line + 2)
    if (after === DASHES) break
    const next = body.indexOf(mark, line)
    const end = body.indexOf(BLANK_LINE, line)
    if (after !== CRLF || next < 0 || end < 0 || end > next || end - line > MAX_HEAD_BYTES)
      throw invalid('A part of it has no readable head, or no end.')
    if (body.toString('latin1', next - 2, next) !== CRLF)
      throw invalid('Its boundary must not be within a part.')
    if (++parts > MAX_PARTS) throw invalid(`It must have at most ${MAX_PARTS} parts.`)
    const from = end + BLANK_LINE.length
    if (from > next - 2) throw invalid('A part of it has no end.')
    yield { head: body.toString('latin1', line + 2, end), from, to: next - 2 }
    at = next
  }
  if (/[^\r\n]/.test(body.toString('latin1', at + mark.length + 2)))
    throw invalid('Nothing may follow its last boundary.')
}

const PARAMETER = /\s*;\s*([^\s=;"]+)=("(?:[^"\\]|\\.)*"|[^\s;"]+)/y
const PLAIN_ENCODING = /^content-transfer-encoding:\s*(?:7bit|8bit|binary)\s*$/i
const PLAIN_CHARSET = /charset="?(?:utf-8|us-ascii|iso-8859-\d{1,2})"?\s*(?:;|$)/i

/** What the head of a member says: its name, and whether its value is a text as it stands. */
function headOf(head: string): { readonly name: string; readonly isPlain: boolean } {
  const lines = head.split(CRLF)
  const [disposition, ...more] = lines.filter((line) => /^content-disposition/i.test(line))
  if (disposition === undefined || more.length > 0 || lines.some((line) => /^\s|[\r\n]/.test(line)))
    throw invalid('A part of it has no readable content disposition.')
  const names: string[] = []
  let isFile = false
  PARAMETER.lastIndex = /^content-disposition:\s*form-data/i.exec(disposition)?.[0].length ?? 0
  let at = PARAMETER.lastIndex
  for (let match = PARAMETER.exec(disposition); match; match = PARAMETER.exec(disposition)) {
    at = PARAMETER.lastIndex
    const [, parameter = '', value = ''] = match
    if (/^name/i.test(parameter)) names.push(parameter.length === 4 ? value : '')
    isFile ||= /^filename/i.test(parameter)
  }
  const [name] = names
  if (at === 0 || disposition.slice(at).trim() !== '' || names.length !== 1 || !name)
    throw invalid('A part of it has no readable name.')
  const encoded = lines.some(
    (line) =>
      (/^content-transfer-encoding/i.test(line) && !PLAIN_ENCODING.test(line)) ||
      (/charset/i.test(line) && !PLAIN_CHARSET.test(line)),
  )
  return {
    name: name.startsWith('"') ? name.slice(1, -1) : name,
    isPlain: !isFile && !encoded,
  }
}

/** The name that a lenient reader makes of it: of `model[]` and `model[0]`, too. */
function meant(name: string): string {
  return name
    .replaceAll(/\\(.)/g, '$1')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/\[.*/s, '')
    .trim()
    .toLowerCase()
}

function invalid(what: string): CodedError {
  return new CodedError(
    'VALIDATION_ERROR',
    `The form (multipart/form-data) cannot be read. ${what}`,
  )
}
