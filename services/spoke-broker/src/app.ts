import type { BrokerContext } from './context.ts'
import { startJobs } from './jobs/start-jobs.ts'
import { registerOperations } from './operations/register-operations.ts'
import { addWebSocket } from './routes/web-socket.ts'

/** Routes, operations and jobs of the broker. */
export async function buildApp(context: BrokerContext): Promise<void> {
  await addWebSocket(context)
  registerOperations(context)
  startJobs(context)
}
