import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { LineLimit } from '@alkdev/std'

/** Log lines a second about bad frames: a client can send any number of them. */
const BAD_FRAME_LINES = 5

export interface SpokeInfo {
  readonly spokeId: string
  readonly name: string
  readonly ownerId: string
  /** The organization of its project, whose members it serves. */
  readonly orgId?: string
  readonly epoch: number
}

/** The difference between two sets of operations. */
export interface SetChange {
  readonly added: number
  readonly changed: number
  readonly removed: number
}

export type AttachKind = 'new' | 'reconnect' | 'take-over'

/** Events of sockets and spokes for operators: a log line, a counter, and for spokes a hub event. Never throws. */
export interface BrokerEvents {
  closed(code: number): void
  badFrame(what: string): void
  strayFrame(type: string): void
  /** A `hub.register` was refused. */
  refused(code: string): void
  lateAnswer(spoke: SpokeInfo, requestId: string): void
  attached(
    spoke: SpokeInfo,
    how: AttachKind,
    operations: number,
    quarantined: number,
    resumed: number,
  ): void
  /** It offers another set of operations on the same socket. */
  registered(spoke: SpokeInfo, change: SetChange, operations: number, quarantined: number): void
  suspended(spoke: SpokeInfo, why: string): void
  detached(spoke: SpokeInfo, why: string): void
}

export function createEvents(runtime: ServiceRuntime<'spoke-broker'>): BrokerEvents {
  const { bus, logger, metrics } = runtime
  const ignoredFrame = (kind: string): void =>
    metrics.counter(METRICS.brokerFramesIgnored, kind).inc()
  const badFrameLines = new LineLimit(BAD_FRAME_LINES)
  const tell = (
    event: 'attached' | 'registered' | 'suspended' | 'detached',
    spoke: SpokeInfo,
    more: object,
  ): void => {
    metrics.counter(METRICS.spokeEvents, event).inc()
    logger.info({ ...spoke, ...more }, `spoke ${event}`)
    bus.emit(`spoke.${event}`, spoke.name, { ...spoke, ...more })
  }
  return {
    closed: (code) => metrics.counter(METRICS.brokerSocketsClosed, String(code)).inc(),
    badFrame: (what) => {
      ignoredFrame('bad')
      const leftOut = badFrameLines.take()
      if (leftOut !== undefined) logger.warn({ what, leftOut }, 'a bad frame closed its socket')
    },
    strayFrame: ignoredFrame,
    refused: (code) => metrics.counter(METRICS.brokerRegistrationsRefused, code).inc(),
    lateAnswer: ({ name }, requestId) => {
      ignoredFrame('late')
      logger.debug({ spoke: name, requestId }, 'an answer came after its call had ended')
    },
    attached: (spoke, how, operations, quarantined, resumed) =>
      tell('attached', spoke, { how, operations, quarantined, resumed }),
    registered: (spoke, change, operations, quarantined) =>
      tell('registered', spoke, { ...change, operations, quarantined }),
    suspended: (spoke, why) => tell('suspended', spoke, { why }),
    detached: (spoke, why) => tell('detached', spoke, { why }),
  }
}
