import type { Validator } from '../../../schema/validator.ts'
import type { RequestPlan } from './request.ts'
import type { PlannedAnswer } from './responses.ts'
import type { Authorization } from './security.ts'
import type { HTTPServiceConfig, OpenAPISpec } from './types.ts'

/** The data of the handler of one operation. */
export interface OperationPlan {
  readonly spec: OpenAPISpec
  readonly request: RequestPlan
  readonly answer: Pick<PlannedAnswer, 'kinds' | 'documented'>
  /** Of the data; undefined when it is not to be checked. */
  readonly output: Validator | undefined
  readonly config: HTTPServiceConfig
  readonly authorize: () => Promise<Authorization>
  /** The name in errors, such as `GET /pets/{id}`; never the address, whose query may contain a key. */
  readonly label: string
}
