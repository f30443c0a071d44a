import type { CallFailure, CallRecord } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { storedPayload } from '@alkdev/storage'
import { estimateSize } from './estimate-size.ts'

/** Bytes above which only what is stored of a payload is held. */
const PAYLOAD_CAP = 64 * 1024
/** What is counted for the preview that is stored instead. */
const PREVIEW_BYTES = 1024
/** Characters of the message of an error that are held. */
const MAX_MESSAGE = 4096

/** A record that waits until it is written. */
export interface HeldRecord {
  readonly record: CallRecord
  /** Approximate bytes of its payloads: input, output, error and metadata. */
  readonly bytes: number
}

/** The record as it is held: a payload of more than 64 KiB is replaced by the preview that the call log stores of it. */
export function heldRecord(record: CallRecord): HeldRecord {
  const { header, output, error } = record
  let bytes = 0
  const held = (payload: unknown): unknown => {
    const size = estimateSize(payload, PAYLOAD_CAP)
    bytes += size < PAYLOAD_CAP ? size : PREVIEW_BYTES
    return size < PAYLOAD_CAP ? payload : JSON.parse(storedPayload(payload) ?? 'null')
  }
  const input = held(header.input)
  const answer = held(output)
  // A preview is an object as well.
  const metadata = held(header.metadata) as CallRecord['header']['metadata']
  const failure = error && heldError(error, held)
  if (
    input === header.input &&
    answer === output &&
    metadata === header.metadata &&
    failure === error
  )
    return { record, bytes }
  const links = metadata === header.metadata ? undefined : linksOf(header)
  return {
    bytes,
    record: {
      ...record,
      header: { ...header, input, metadata: metadata && { ...metadata, ...links } },
      ...(answer !== undefined && { output: answer }),
      ...(failure !== undefined && { error: failure }),
    },
  }
}

/** The record with the code and the message of an error as its only payload. */
export function withoutPayloads(record: CallRecord): CallRecord {
  const { output: _output, error, ...rest } = record
  return {
    ...rest,
    header: { ...record.header, input: undefined, metadata: linksOf(record.header) },
    ...(error !== undefined && { error: { code: error.code, message: shortMessage(error) } }),
  }
}

function heldError(error: CallFailure, held: (payload: unknown) => unknown): CallFailure {
  const message = shortMessage(error)
  held(message)
  const details = error.details === undefined ? undefined : held(error.details)
  return message === error.message && details === error.details
    ? error
    : { ...error, message, ...compact({ details }) }
}

function shortMessage({ message }: CallFailure): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message
}

/** The members of the metadata that are columns of the call log. */
function linksOf({
  metadata,
}: CallRecord['header']): Readonly<Record<string, unknown>> | undefined {
  const { turnId, attemptOf } = metadata ?? {}
  const links = {
    ...(typeof turnId === 'string' && { turnId }),
    ...(typeof attemptOf === 'string' && { attemptOf }),
  }
  return Object.keys(links).length === 0 ? undefined : links
}
