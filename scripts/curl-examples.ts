/** The three operations that `npm start` prints: each line works when pasted into a shell. */
export function curlExamples(graphqlUrl: string): readonly { readonly title: string; readonly command: string }[] {
  const json = `-H 'content-type: application/json'`;
  const body = (query: string): string => `-d '${JSON.stringify({ query })}'`;
  return [
    {
      title: 'who is there',
      command: `curl -s ${graphqlUrl} ${json} ${body('{ users { nodes { id name balance { amount currency } } } }')}`,
    },
    {
      title: 'watch payments as they are processed (in a second terminal; Ctrl-C ends it)',
      command: `curl -sN ${graphqlUrl} ${json} -H 'accept: text/event-stream' ${body('subscription { paymentProcessed { cursor payment { id status amount { amount currency } user { name balance { amount } } } } }')}`,
    },
    {
      title: 'pay',
      command: `curl -s ${graphqlUrl} ${json} ${body('mutation { pay(input: { userId: "1", amount: "25.00", description: "coffee" }) { payment { id status } user { name balance { amount currency } } } }')}`,
    },
  ];
}
