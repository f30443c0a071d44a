/** Every key of the hub begins so. */
export const KEY_PREFIX = 'alk_'
