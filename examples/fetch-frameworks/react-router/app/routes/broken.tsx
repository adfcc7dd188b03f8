export function loader() {
  throw new Error('broken on purpose')
}

export default function Broken() {
  return <h1>Never shown</h1>
}
