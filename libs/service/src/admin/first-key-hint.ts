/** Creates the first admin key of a running compose stack, in the file `admin.key`. */
export const FIRST_KEY_COMMAND = 'docker/first-key'

/** The step that remains after a migration of an empty database, which creates no key automatically. */
export const FIRST_KEY_HINT = `Make the first admin key: \`${FIRST_KEY_COMMAND}\` with Compose, else \`alkhub keys bootstrap\`.`
