/** The second piece follows once the client has read the first: the test keeps the connection open. */
export const GET = () => {
  const body = new ReadableStream<string>({ start: (controller) => controller.enqueue('one\n') })
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: { 'content-type': 'text/plain' },
  })
}
