import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { makeSamlKey } from '@latchkey/auth-service/saml-certificate'
import { samlCertificateFile, samlKeyFile } from './family.ts'

/** Makes the supplier's own key in this folder, unless it exists. Returns its certificate as PEM. */
export async function makeSupplierKey(folder: string, url: string): Promise<string> {
  const [keyFile, certificateFile] = [samlKeyFile(folder), samlCertificateFile(folder)]
  if (!existsSync(keyFile) || !existsSync(certificateFile)) {
    const { privateKey, certificate } = await makeSamlKey(new URL(url).hostname, Date.now())
    const pem = new X509Certificate(Buffer.from(certificate, 'base64')).toString()
    writeFileSync(certificateFile, pem)
    writeFileSync(keyFile, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  }
  return readFileSync(certificateFile, 'utf8')
}

/** What the auth service must know of the supplier. */
export const supplierAt = (url: string, certificate: string) => ({
  entity_id: url,
  acs_urls: [`${url}/saml/acs`],
  slo_url: `${url}/saml/slo`,
  slo_soap_url: `${url}/saml/soap`,
  certificates: [certificate],
  signed_requests: true,
  starts_here: true,
})
