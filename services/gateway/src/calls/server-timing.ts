import type { CallTiming } from '@alkdev/contracts'

const ms = (value: number): string => String(Math.round(value * 100) / 100)

/** `Server-Timing` of a call: auth, route, queue, execute, total, in milliseconds. Without a timing (the call failed) auth and total. */
export function serverTiming(authMs: number, totalMs: number, timing?: CallTiming): string {
  const parts =
    timing === undefined
      ? ''
      : `route;dur=${ms(timing.routeMs)}, queue;dur=${ms(timing.queueMs)}, execute;dur=${ms(timing.executeMs)}, `
  return `auth;dur=${ms(authMs)}, ${parts}total;dur=${ms(totalMs)}`
}
