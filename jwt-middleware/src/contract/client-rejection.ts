/** Whether a response says that an app's credentials are wrong (RFC 6749, section 5.2), and not a proxy's. */
export async function isClientRejection(response: Response): Promise<boolean> {
  if (response.status !== 401 || !/\bjson\b/i.test(response.headers.get('content-type') ?? '')) return false
  return saysInvalidClient(await response.text())
}

/** The same for the body of such a response. */
export const saysInvalidClient = (body: string): boolean => /"error"\s*:\s*"invalid_client"/.test(body)
