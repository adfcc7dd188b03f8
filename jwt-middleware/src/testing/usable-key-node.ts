import type { KeyObject } from 'node:crypto'
import type { VerificationKey } from '../verify/verification-key.ts'

type Key = VerificationKey['key']

/** The public key of a test as this runtime verifies with it. */
export const usableKey: (key: KeyObject) => Key | Promise<Key> = (key) => key
