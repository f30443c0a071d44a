import { parentPort } from 'node:worker_threads'
import type { OpenMessage } from './messages.ts'
import { serveSocket } from './serve-socket.ts'

// The entry of the thread; see socket-thread.ts for the other side.
parentPort?.on('message', (message: OpenMessage) => void serveSocket(message))
