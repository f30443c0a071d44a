import type { FrameSocket, SocketEnd, SocketEvents } from '../wire/frame-socket.ts'

/** Two ends of a socket without a network. A text arrives later, in order, as a copy; a cut loses texts that have not arrived. */
export function memorySockets(
  here: SocketEvents,
  there: SocketEvents,
): readonly [here: FrameSocket, there: FrameSocket] {
  let state: 'open' | 'closing' | 'ended' = 'open'
  const end = (end: SocketEnd): void => {
    if (state === 'ended') return
    state = 'ended'
    here.onEnd(end)
    there.onEnd(end)
  }
  const later = (run: () => void): void => {
    setImmediate(() => {
      if (state !== 'ended') run()
    })
  }
  const socket = (own: SocketEvents, other: SocketEvents): FrameSocket => ({
    bufferedBytes: 0,
    send(text) {
      if (state !== 'open') return false
      later(() => {
        other.onText(text)
        // As the answer to a ping does.
        if (state !== 'ended') own.onAlive()
      })
      return true
    },
    confirm: () => later(() => own.onConfirmed()),
    close(code, reason) {
      if (state !== 'open') return
      later(() => end({ code, reason }))
      state = 'closing'
    },
    terminate: () => end({ code: 1006, reason: '' }),
  })
  return [socket(here, there), socket(there, here)]
}
