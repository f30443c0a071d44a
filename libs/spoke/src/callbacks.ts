import type { SpokeLog } from './incoming/incoming-calls.ts'

/** Wraps the log function of an application so that an exception or a rejected promise of it ends neither a call nor the process. */
export function guardedLog(log: SpokeLog): SpokeLog {
  const failed = (failure: unknown): void => console.error('onLog threw', failure)
  return (level, message, error) => guard(() => log(level, message, error), failed)
}

/** Calls an application's callback. Logs what it throws or rejects with, with its name. */
export function notify(name: string, callback: () => unknown, log: SpokeLog): void {
  guard(callback, (failure) => log('error', `${name} threw`, failure))
}

/** The default log: errors go to the console. */
export function logErrors(level: string, message: string, error?: unknown): void {
  if (level === 'error') console.error(message, error)
}

function guard(callback: () => unknown, onFailure: (failure: unknown) => void): void {
  try {
    // An async function is assignable to a callback whose result is not used.
    Promise.resolve(callback()).catch(onFailure)
  } catch (failure) {
    onFailure(failure)
  }
}
