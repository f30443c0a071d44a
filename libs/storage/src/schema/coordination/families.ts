export const MappingStatus = {
  ACTIVE: 'active',
  COMPLETED: 'completed',
  ABORTED: 'aborted',
  FAILED: 'failed',
} as const
export type MappingStatus = (typeof MappingStatus)[keyof typeof MappingStatus]

/** What was seen going wrong in a session. */
export const DetectionKind = {
  MODEL_DEGRADATION: 'model-degradation',
  HIGH_ERROR_COUNT: 'high-error-count',
  STALL: 'stall',
  LOOP: 'loop',
} as const
export type DetectionKind = (typeof DetectionKind)[keyof typeof DetectionKind]

export const DetectionSeverity = { LOW: 'low', MEDIUM: 'medium', HIGH: 'high' } as const
export type DetectionSeverity = (typeof DetectionSeverity)[keyof typeof DetectionSeverity]
