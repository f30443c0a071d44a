import type { ComponentType } from 'preact'
import { can } from './hub/log-in.ts'
import { Access } from './screens/access/access.tsx'
import { Attention } from './screens/attention/attention.tsx'
import { CallView } from './screens/calls/call-view.tsx'
import { Calls } from './screens/calls/calls.tsx'
import { Fleet } from './screens/fleet/fleet.tsx'
import { SessionView } from './screens/fleet/session-view.tsx'
import { Health } from './screens/health/health.tsx'
import { Models } from './screens/models/models.tsx'
import { OperationView } from './screens/operations/operation-view.tsx'
import { Operations } from './screens/operations/operations.tsx'
import { Plan } from './screens/plan/plan.tsx'
import { TaskView } from './screens/plan/task-view.tsx'
import { Queues } from './screens/queues/queues.tsx'
import { SpokeView } from './screens/spokes/spoke-view.tsx'
import { Spokes } from './screens/spokes/spokes.tsx'
import { RunView } from './screens/workflows/run-view.tsx'
import { Workflows } from './screens/workflows/workflows.tsx'

export interface Screen {
  /** First part of the path. */
  readonly path: string
  readonly name: string
  readonly group: 'Now' | 'Work' | 'Hub'
  readonly icon: string
  readonly view: ComponentType
  /** The view of one thing, below the path. */
  readonly detail?: ComponentType<{ readonly id: string }>
  /** Without it the screen is not shown. */
  readonly scope?: string
}

const SCREENS: readonly Screen[] = [
  { path: 'attention', name: 'Attention', group: 'Now', icon: 'bell', view: Attention },
  { path: 'fleet', name: 'Fleet', group: 'Now', icon: 'tree', view: Fleet, detail: SessionView },
  {
    path: 'plan',
    name: 'Plan',
    group: 'Work',
    icon: 'graph',
    view: Plan,
    detail: TaskView,
    scope: 'tasks:read',
  },
  { path: 'calls', name: 'Calls', group: 'Work', icon: 'list', view: Calls, detail: CallView },
  { path: 'queues', name: 'Queues', group: 'Work', icon: 'stack', view: Queues },
  {
    path: 'workflows',
    name: 'Workflows',
    group: 'Work',
    icon: 'flow',
    view: Workflows,
    detail: RunView,
    scope: 'workflows:read',
  },
  {
    path: 'operations',
    name: 'Operations',
    group: 'Hub',
    icon: 'play',
    view: Operations,
    detail: OperationView,
  },
  {
    path: 'spokes',
    name: 'Spokes',
    group: 'Hub',
    icon: 'hub',
    view: Spokes,
    detail: SpokeView,
    scope: 'spokes:read',
  },
  { path: 'models', name: 'Models and money', group: 'Hub', icon: 'coin', view: Models },
  {
    path: 'health',
    name: 'Health',
    group: 'Hub',
    icon: 'pulse',
    view: Health,
    scope: 'system:read',
  },
  { path: 'access', name: 'Access', group: 'Hub', icon: 'key', view: Access },
]

/** The screens that the key may use. */
export function visibleScreens(): readonly Screen[] {
  return SCREENS.filter(({ scope }) => scope === undefined || can(scope))
}
