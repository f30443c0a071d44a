/** `1.2 s`, `340 ms`, `3 m 12 s`. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return ''
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} m ${Math.floor((ms % 60_000) / 1000)} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${minutes % 60} m`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** How long ago or ahead: `12 s ago`, `in 3 m`. */
export function relative(atMs: number, nowMs: number): string {
  const away = Math.abs(nowMs - atMs)
  const text =
    away < 60_000
      ? `${Math.floor(away / 1000)} s`
      : away < 3_600_000
        ? `${Math.floor(away / 60_000)} m`
        : away < 48 * 3_600_000
          ? `${Math.floor(away / 3_600_000)} h`
          : `${Math.floor(away / 86_400_000)} d`
  if (away < 1000) return 'now'
  return atMs > nowMs ? `in ${text}` : `${text} ago`
}

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export function count(value: number): string {
  return value < 100_000 ? whole.format(value) : short.format(value)
}

/** Millionths of a US dollar as dollars. */
export function dollars(micros: number): string {
  const value = micros / 1_000_000
  return `$${value.toFixed(value !== 0 && value < 0.01 ? 6 : value < 1 ? 4 : 2)}`
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`
  if (value < 1024 * 1024) return `${(value / 1024).toFixed(1)} KiB`
  if (value < 1024 ** 3) return `${(value / 1024 ** 2).toFixed(1)} MiB`
  return `${(value / 1024 ** 3).toFixed(1)} GiB`
}

/** The first characters of an id, enough to find it. */
export function shortId(id: string): string {
  return /^[0-9a-f-]{36}$/i.test(id) ? `${id.slice(0, 8)}…${id.slice(-4)}` : id
}
