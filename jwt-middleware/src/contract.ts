// What the auth service and its apps share. It loads neither jose nor any authentication code.
export { type Cookies, NO_COOKIES, parseCookies } from './contract/cookies.ts'
export { explainAnswer, explainError } from './contract/explain-process.ts'
export { fetchFor } from './contract/local-fetch-node.ts'
export { readRejectionNote } from './contract/read-rejection-note.ts'
export * from './portable-contract.ts'
