import type { ComponentChildren } from 'preact'

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm' | 'off'

const TONES: Readonly<Record<string, Tone>> = {
  completed: 'good',
  done: 'good',
  connected: 'good',
  active: 'good',
  ready: 'good',
  success: 'good',
  failed: 'bad',
  failure: 'bad',
  denied: 'bad',
  broken: 'bad',
  revoked: 'bad',
  aborted: 'warn',
  suspended: 'warn',
  draining: 'warn',
  'not-ready': 'bad',
  'no-answer': 'bad',
  waiting: 'warn',
  quarantined: 'warn',
  blocked: 'warn',
  paused: 'warn',
  unknown: 'warn',
  running: 'busy',
  dispatched: 'busy',
  'in-progress': 'busy',
  queued: 'calm',
  accepted: 'calm',
  pending: 'calm',
  planned: 'calm',
  idle: 'calm',
  query: 'calm',
  mutation: 'warn',
  subscription: 'busy',
}

interface StatusProps {
  readonly value: string
  /** Default: the value itself. */
  readonly text?: string
  readonly title?: string
}

/** A state as a coloured dot and its name. */
export function Status({ value, text = value, title }: StatusProps) {
  return (
    <span class={`status ${TONES[value] ?? 'off'}`} title={title}>
      {text}
    </span>
  )
}

/** A short label. */
export function Badge({
  tone = 'off',
  children,
}: {
  readonly tone?: Tone
  readonly children: ComponentChildren
}) {
  return <span class={`badge ${tone}`}>{children}</span>
}

export function Kind({ value }: { readonly value: string }) {
  return <Badge tone={TONES[value] ?? 'off'}>{value}</Badge>
}
