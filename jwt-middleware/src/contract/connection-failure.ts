/** Why a server could not be used, and the remedy; both are safe to log. */
export interface ConnectionFailure {
  readonly reason: string
  readonly remedy: string
}

/** A response, as far as it shows who sent it. */
export interface AnswerHead {
  readonly status: number
  readonly contentType: string
  readonly location: string | null
}

/** The setting with the address, and the address. */
export interface Target {
  readonly url: string
  /** Default: `AUTH_INTERNAL_URL`. */
  readonly setting?: string
}

/** The part of a fetched response that {@link explainAnswer} needs. */
export const headOf = ({ status, headers }: Response): AnswerHead => ({
  status,
  contentType: headers.get('content-type') ?? '',
  location: headers.get('location'),
})
