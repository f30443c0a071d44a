import { UsageAsking } from '../providers/usage-asking.ts'
import { ParentCalls } from '../hub-tools/parent-calls.ts'
import { SdkPackages } from '../translate/sdk-packages.ts'
import { AnswerCache } from './answer-cache.ts'
import { DrainPlaces } from './drain.ts'
import { Endings } from './endings.ts'
import { InFlight } from './in-flight.ts'

/** What a proxy remembers of the requests that it relays. */
export interface RelayState {
  /** Answers that are read on after their client left. */
  readonly drains: DrainPlaces
  /** Answers to deterministic requests. */
  readonly cache: AnswerCache
  /** Providers that do not report the usage of streams. */
  readonly usageAsking: UsageAsking
  /** Model calls with further rounds. */
  readonly parents: ParentCalls
  /** Requests of each key whose hub tools are run now. */
  readonly conversations: InFlight
  /** Packages of the AI SDK that the operator installed. */
  readonly packages: SdkPackages
  /** Requests that end with the process. */
  readonly endings: Endings
}

export function createRelayState(maxInFlightPerKey: number, signal: AbortSignal): RelayState {
  return {
    packages: new SdkPackages(),
    endings: new Endings(signal),
    drains: new DrainPlaces(),
    cache: new AnswerCache(),
    usageAsking: new UsageAsking(),
    parents: new ParentCalls(),
    conversations: new InFlight(maxInFlightPerKey),
  }
}
