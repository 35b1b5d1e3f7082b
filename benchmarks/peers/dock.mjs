// @docknetwork/crypto-wasm-ts: a BBS of its own and proofs of bounds, in Rust compiled to WebAssembly.
// A bound here has two ends, of 64 bits: by Bulletproofs++, and by set membership with the library's own base.

import dock from '@docknetwork/crypto-wasm-ts';
import {messages as texts, must, presentation, shown} from './subject.mjs';

await dock.initializeWasm();
const NUMBER = 1;
const label = new Uint8Array(Buffer.from('benchmark'));
const encode = dock.BBSSignature.encodeMessageForSigning;
const number = dock.BBSSignature.encodePositiveNumberForSigning(52000);
const messages = texts.map((text, index) => index === NUMBER ? number : encode(text));
const params = dock.BBSSignatureParams.generate(messages.length, label);
const {secretKey, publicKey} = dock.BBSKeypair.generate(params);
const signature = dock.BBSSignature.generate(messages, secretKey, params, false);
const revealed = new Map(shown.map(index => [index, messages[index]]));
const hidden = new Map([...messages.entries()].filter(([index]) => !revealed.has(index)));

// The challenge is over the nonce too, as it is for the others.
const challengeOf = contribution => dock.bytesToChallenge(
  new Uint8Array([...contribution, ...presentation]));
function prove() {
  const protocol = dock.BBSPoKSignatureProtocol.initialize(
    messages, signature, params, false, new Map(), new Set(shown));
  return protocol.generateProof(challengeOf(protocol.challengeContribution(params, false, revealed))).value;
}
const proof = new dock.BBSPoKSigProof(prove());

// What prover and verifier state: possession, and a bound on a hidden message.
function bounded(statement, witness) {
  const equal = new dock.WitnessEqualityMetaStatement();
  equal.addWitnessRef(0, NUMBER);
  equal.addWitnessRef(1, 0);
  const about = possession => {
    const statements = new dock.Statements([possession, statement]);
    const meta = new dock.MetaStatements();
    meta.addWitnessEquality(equal);
    return new dock.QuasiProofSpec(statements, meta, [], presentation);
  };
  const prove = () => dock.CompositeProof.generateUsingQuasiProofSpec(
    about(dock.Statement.bbsSignatureProver(params, revealed, false)),
    new dock.Witnesses([dock.Witness.bbsSignature(signature, hidden, false), witness])).value;
  const made = new dock.CompositeProof(prove());
  return {
    prove,
    verify: () => must(made.verifyUsingQuasiProofSpec(
      about(dock.Statement.bbsSignatureVerifier(params, publicKey, revealed, false)))),
  };
}
const [least, most] = [40000, Number.MAX_SAFE_INTEGER];
const bulletproof = bounded(
  dock.Statement.boundCheckBpp(least, most, new dock.BoundCheckBppParams(label).decompress()),
  dock.Witness.boundCheckBpp(number));
const membership = bounded(
  dock.Statement.boundCheckSmc(least, most, new dock.BoundCheckSmcParams(label).decompress()),
  dock.Witness.boundCheckSmc(number));

export const operations = {
  'sign': () => dock.BBSSignature.generate(messages, secretKey, params, false).value,
  'verify': () => must(signature.verify(messages, publicKey, params, false)),
  'prove': prove,
  'verify proof': () => {
    const challenge = challengeOf(proof.challengeContribution(params, false, revealed));
    must(proof.verify(challenge, publicKey, params, false, revealed));
  },
  'prove a bound, Bulletproofs++': bulletproof.prove,
  'verify a bound, Bulletproofs++': bulletproof.verify,
  'prove a bound, set membership': membership.prove,
  'verify a bound, set membership': membership.verify,
};
