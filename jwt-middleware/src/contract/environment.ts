/** The environment variables of the process; none where there are no processes. */
export const environment = (): NodeJS.ProcessEnv => globalThis.process?.env ?? {}
