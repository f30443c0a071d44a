import type { RequestPlan } from './request.ts'
import type { Authorization } from './security.ts'
import type { HTTPServiceConfig } from './types.ts'

/** What the handler of one operation works from. */
export interface OperationPlan {
  readonly request: RequestPlan
  readonly config: HTTPServiceConfig
  readonly authorize: () => Promise<Authorization>
  /** `GET /pets/{id}`: what errors call it; never the address itself, whose query may hold a key. */
  readonly label: string
}
