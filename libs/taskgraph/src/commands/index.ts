import { cost } from './cost.ts'
import { graph } from './graph.ts'
import { init } from './init.ts'
import { list } from './list.ts'
import { dependents, deps } from './neighbours.ts'
import { cycles, parallel, topo } from './order.ts'
import { bottleneck, critical, riskPath } from './paths.ts'
import { next, slack, whatIf } from './plan.ts'
import { decompose, risk } from './risk.ts'
import { show } from './show.ts'
import { validate } from './validate.ts'

export type { CommandResult, TaskName } from './command.ts'
export type { GraphOptions } from './graph.ts'
export type { InitData, InitOptions } from './init.ts'
export type { TaskFilter } from './list.ts'
export type { Neighbour, NeighboursOptions } from './neighbours.ts'
export type { TopoOptions } from './order.ts'
export type { BottleneckOptions, CriticalOptions, PathData } from './paths.ts'
export type { NextOptions, WhatIfOptions } from './plan.ts'
export type { ShowData, ShowOptions } from './show.ts'
export type { ValidateData, ValidateOptions } from './validate.ts'

/**
 * A command line's sub-commands by name, as functions of (tasks, options) that give data for programs and
 * text for people. They read and write nothing.
 */
export const taskCommands = {
  init,
  validate,
  list,
  show,
  deps,
  dependents,
  topo,
  cycles,
  parallel,
  critical,
  bottleneck,
  risk,
  'risk-path': riskPath,
  decompose,
  'workflow-cost': cost,
  cost,
  graph,
  next,
  slack,
  'what-if': whatIf,
} as const
