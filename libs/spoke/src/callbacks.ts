import type { SpokeLog } from './incoming/incoming-calls.ts'

/** The log of an application, which ends neither a call nor the process by throwing, or by a promise that it returns and that is rejected. */
export function guardedLog(log: SpokeLog): SpokeLog {
  const failed = (failure: unknown): void => console.error('onLog threw', failure)
  return (level, message, error) => guard(() => log(level, message, error), failed)
}

/** Calls an application's callback. What it throws, or its promise is rejected with, is logged under its name. */
export function notify(name: string, callback: () => unknown, log: SpokeLog): void {
  guard(callback, (failure) => log('error', `${name} threw`, failure))
}

/** The log of an application that gave none: errors go to the console. */
export function logErrors(level: string, message: string, error?: unknown): void {
  if (level === 'error') console.error(message, error)
}

function guard(callback: () => unknown, onFailure: (failure: unknown) => void): void {
  try {
    // An async function fits a callback whose result is not used.
    Promise.resolve(callback()).catch(onFailure)
  } catch (failure) {
    onFailure(failure)
  }
}
