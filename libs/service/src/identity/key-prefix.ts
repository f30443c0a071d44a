/** The prefix of every key of the hub. */
export const KEY_PREFIX = 'alk_'
