export { Machine } from './machine.ts'
export type { MachineOptions } from './machine.ts'
export { UNRECORDED_BROKER, startTortureStack, untilReady } from './stack.ts'
export type { Replica, StackSize, TortureStack } from './stack.ts'
