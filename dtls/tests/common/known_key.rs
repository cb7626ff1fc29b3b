//! A key that everybody knows: with it a test signs what no honest peer would.

use std::sync::Arc;

use lariat_crypto::{Provider, SigningKey, ring};
use lariat_dtls::Certificate;

/// Made by OpenSSL 3.0 for this test alone.
const PKCS8: &str = "\
    308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420a0d2684718ccdf\
    64e350b80d6da4e41f95be2c33941105f06ef9eca5cdfc47baa14403420004cc827e8c2b03467cb48fb462\
    c55ad16ee2c60590b43a252fb41e70a02dd452021b6e2e49f8afccdc8b4743c1773cd528469de50d5252ef\
    8c97189bc6e9151c7f";

const CERTIFICATE: &str = "\
    3082017230820119a00302010202147ea3af3ad57c809212ad4c69ae303da9ed315ba1300a06082a8648ce\
    3d040302300f310d300b06035504030c0470656572301e170d3236313132313033303933355a170d323631\
    3232313033303933355a300f310d300b06035504030c04706565723059301306072a8648ce3d020106082a\
    8648ce3d03010703420004cc827e8c2b03467cb48fb462c55ad16ee2c60590b43a252fb41e70a02dd45202\
    1b6e2e49f8afccdc8b4743c1773cd528469de50d5252ef8c97189bc6e9151c7fa3533051301d0603551d0e\
    041604146e615a656b8ec82675dd8e75fe4bb4c27f98c96d301f0603551d230418301680146e615a656b8e\
    c82675dd8e75fe4bb4c27f98c96d300f0603551d130101ff040530030101ff300a06082a8648ce3d040302\
    0347003044022034290797c5e4e05ed9a2f29dcd38c9799991a4e73ebce7a510cf81fe5f0081bf02206b9d\
    3011b41a08ec60e53fbe238324fcdaf6e7439015265dcd8286f53c616fde";

pub fn provider() -> Arc<dyn Provider> {
    ring::provider()
}

pub fn certificate() -> Certificate {
    Certificate::from_der(&*provider(), &hex(CERTIFICATE), &hex(PKCS8)).unwrap()
}

pub fn pkcs8() -> Vec<u8> {
    hex(PKCS8)
}

pub fn signing_key() -> Box<dyn SigningKey> {
    provider().load_signing_key(&hex(PKCS8)).unwrap()
}

pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
