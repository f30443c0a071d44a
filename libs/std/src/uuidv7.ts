import { sharedNow } from './shared-clock.ts'

/** Milliseconds by which the clock may go back while ids still rise. Beyond, ids follow the clock: it had been wrong before. */
const MAX_BACK_MS = 10_000
const pool = new Uint8Array(16 * 256)
let used = pool.length
let lastMs = 0
let sequence = 0
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const h = (byte: number): string => hex[byte] as string

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, a 12-bit counter that keeps ids of one process rising
 * (method 1 of section 6.2), 62 random bits. When the counter overflows the clock is advanced by one. The default time is
 * that of the shared clock. After it went back by more than 10 seconds ids follow it, and are lower than those before.
 */
export function uuidv7(nowMs: number = sharedNow()): string {
  if (used === pool.length) {
    // Web Crypto: the libraries that stand on this one also run in browsers.
    crypto.getRandomValues(pool)
    used = 0
  }
  const at = used
  used += 16
  if (nowMs > lastMs || nowMs < lastMs - MAX_BACK_MS) {
    lastMs = nowMs
    sequence = (((pool[at] ?? 0) << 8) | (pool[at + 1] ?? 0)) & 0x7ff
  } else if (++sequence > 0xfff) {
    lastMs += 1
    sequence = 0
  }
  const high = Math.floor(lastMs / 0x1_0000_0000)
  const low = lastMs >>> 0
  const b = (index: number): string => h(pool[at + index] ?? 0)
  return `${h((high >>> 8) & 255)}${h(high & 255)}${h(low >>> 24)}${h((low >>> 16) & 255)}-${h((low >>> 8) & 255)}${h(low & 255)}-${h(0x70 | (sequence >>> 8))}${h(sequence & 255)}-${h(0x80 | ((pool[at + 8] ?? 0) & 0x3f))}${b(9)}-${b(10)}${b(11)}${b(12)}${b(13)}${b(14)}${b(15)}`
}
