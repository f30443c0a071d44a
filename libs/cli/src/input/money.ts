import { UsageError } from '../failure.ts'

const MICROS = 1_000_000n

/** `12.5` US dollars -> 12500000 millionths. Throws UsageError for what is no amount. */
export function microsOf(flag: string, text: string): number {
  const [, whole = '', part = ''] = /^\$?(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text) ?? []
  if (whole === '')
    throw new UsageError(
      `--${flag} takes an amount in US dollars, not \`${text}\`.`,
      'Give for instance 20 or 0.05.',
    )
  return Number(BigInt(whole) * MICROS + BigInt(part.padEnd(6, '0')))
}

/** 12500000 millionths -> `$12.50`: at least two decimals, as many as are needed. */
export function dollars(micros: number): string {
  const whole = Math.floor(micros / 1e6)
  const part = String(micros % 1e6)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return `$${whole}.${part}`
}
