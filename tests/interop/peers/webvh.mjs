// did:webvh. Given {now}: what this process takes for the present.
//   resolve({log, witnesses, did, version}): the entries as texts, the witness file as JSON
//   write({steps, approvals}): a log, by calls {call: create, update or deactivate, signer: seed, at, ...options},
//     and its witness file, where `approvals` are the seeds of the witnesses that approve each version

import {AbstractCrypto, createDID, deactivateDID, deriveNextKeyHash, multibaseEncode, prepareDataForSigning,
  resolveDIDFromLog, signWitnessProofEntry, updateDID} from 'didwebvh-ts';
import {createPrivateKey, createPublicKey, sign, verify} from 'node:crypto';
import {converse, fromHex} from './conversation.mjs';

const PKCS8 = '302e020100300506032b657004220420';
const SPKI = '302a300506032b6570032100';

function setClock(now) {
  const System = Date;
  const present = System.parse(now);
  globalThis.Date = class extends System {
    constructor(...given) {
      super(...given.length ? given : [present]);
    }

    static now() {
      return present;
    }
  };
}

class Key extends AbstractCrypto {
  constructor(seed) {
    const secret = createPrivateKey({key: Buffer.from(PKCS8 + seed, 'hex'), format: 'der', type: 'pkcs8'});
    const raw = createPublicKey(secret).export({format: 'der', type: 'spki'}).subarray(-32);
    const publicKeyMultibase = multibaseEncode(new Uint8Array([0xed, 0x01, ...raw]), 'z');
    super({verificationMethod: {type: 'Multikey', publicKeyMultibase}});
    this.secret = secret;
    this.multikey = publicKeyMultibase;
  }

  async sign({document, proof}) {
    const signature = sign(null, await prepareDataForSigning(document, proof), this.secret);
    return {proofValue: multibaseEncode(new Uint8Array(signature), 'z')};
  }

  async verify(signature, message, publicKey) {
    return verifier.verify(signature, message, publicKey);
  }
}

const verifier = {
  async verify(signature, message, publicKey) {
    const key = Buffer.concat([fromHex(SPKI), publicKey]);
    return verify(null, message, createPublicKey({key, format: 'der', type: 'spki'}), signature);
  },
};

function approve(versionId, seeds, created) {
  const keys = seeds.map(seed => new Key(seed));
  const did = key => `did:key:${key.multikey}`;
  return signWitnessProofEntry({
    versionId,
    witnesses: keys.map(key => ({id: did(key)})),
    witnessSignersByDid: Object.fromEntries(keys.map(key => [did(key), key])),
    created,
  });
}

const calls = {create: createDID, update: updateDID, deactivate: deactivateDID};

await converse(given => {
  setClock(given.now);
  return {
    resolve: ({log, witnesses, did, version}) => resolveDIDFromLog(log.map(line => JSON.parse(line)), {
      verifier, witnessProofs: witnesses ?? [], versionNumber: version,
      ...did && {requestedDid: did, scid: did.split(':')[2]},
    }),
    write: async ({steps, approvals}) => {
      let log;
      const witnesses = [];
      for(const [number, {call, signer, at, ...options}] of steps.entries()) {
        setClock(at);
        ({log} = await calls[call]({log, verifier, signer: new Key(signer), witnessProofs: witnesses, ...options}));
        if(approvals?.[number]) {
          witnesses.push(await approve(log.at(-1).versionId, approvals[number], at));
        }
      }
      setClock(given.now);
      return {log: log.map(entry => JSON.stringify(entry)), witnesses: JSON.stringify(witnesses)};
    },
    hash: ({key}) => deriveNextKeyHash(key),
  };
});
