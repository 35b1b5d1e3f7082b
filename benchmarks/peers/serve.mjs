// Measures one npm library on request: `node serve.mjs mattr | digitalbazaar | dock`.
// First line out: {operations: {name: octets of what it made}}. Then for each line in, {operation, loops}, one line out:
// {nanoseconds} of CPU time of this process for so many runs. Keys, signatures and parameters are made before.

import {createInterface} from 'node:readline';

const {operations} = await import(`./${process.argv[2]}.mjs`);
const say = value => process.stdout.write(`${JSON.stringify(value)}\n`);

const made = {};
for(const [name, run] of Object.entries(operations)) {
  made[name] = (await run())?.length ?? null;
}
say({operations: made});
for await (const line of createInterface({input: process.stdin})) {
  const {operation, loops} = JSON.parse(line);
  const run = operations[operation];
  const before = process.cpuUsage();
  for(let loop = 0; loop < loops; loop++) {
    await run();
  }
  const {user, system} = process.cpuUsage(before);
  say({nanoseconds: (user + system) * 1000});
}
