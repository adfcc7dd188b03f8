import type { Device } from '../platform/client/device.ts'

/** What the adapters need of the request that oidc-provider handles. */
export interface CurrentRequest {
  /** Id of the session in oidc-provider; `undefined` outside of a request with one. */
  sessionId(): string | undefined
  /** Whether the session is about to be ended. Apps hear of that from us. */
  isLogout(): boolean
  /** The device that it is from. */
  device(): Device
  /** The client that has proved who it is; `undefined` for none. */
  clientId(): string | undefined
  /** Counts a device that asks whether its user has decided; `false` beyond the rate limit. */
  mayPoll(): Promise<boolean>
  /** Counts a stored request of an app or user that has not proved who it is; `false` beyond the rate limit. */
  mayStore(model: string): Promise<boolean>
}
