/** The other end of a {@link BenchProcess}. */

/** What the process was started as. */
export function roleOfProcess<Role>(): Role {
  return JSON.parse(process.argv[2] as string) as Role;
}

/** Answers the orders of the parent process; an error ends this process. */
export function answerOrders<Order, Answer>(answer: (order: Order) => Promise<Answer>): void {
  process.on('message', (order: Order) => {
    answer(order).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
