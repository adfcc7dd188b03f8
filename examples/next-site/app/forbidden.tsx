export default function Forbidden() {
  return (
    <section className="card">
      <h1>Not allowed</h1>
      <p>You are signed in, but you don’t have permission to open this page.</p>
    </section>
  )
}
