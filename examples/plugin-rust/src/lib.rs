//! intent-first: the first label always wins. A Patchbay plugin with no crate but std: the ABI is a few structs.
use std::ffi::{c_char, c_void, CStr};

#[repr(C)] #[derive(Clone, Copy)] pub struct Text { bytes: *const u8, length: u64 }
#[repr(C)] #[derive(Clone, Copy)] pub struct Frame { kind: u32, flags: u32, item: u64, time_us: u64, data: *const c_void, length: u64 }
#[repr(C)] pub struct Error { code: i32, retryable: u32, retry_after_ms: u32, message_length: u32, message: [u8; 240] }
#[repr(C)] #[derive(Clone, Copy)]
pub struct Sink { context: *mut c_void, emit: extern "C" fn(*mut c_void, *const Frame), fail: extern "C" fn(*mut c_void, *const Error) }
#[repr(C)]
pub struct Streams {
    open: extern "C" fn(*mut c_void, Text, *const Sink, *mut *mut c_void, *mut Error) -> i32,
    push: extern "C" fn(*mut c_void, *const Frame) -> i32,
    cancel: extern "C" fn(*mut c_void, u64),
    close: extern "C" fn(*mut c_void),
}
#[repr(C)]
pub struct Plugin {
    abi: u32, size: u32, flags: u32, reserved: u32,
    name: Text, kind: Text, version: Text, config_schema: Text,
    create: extern "C" fn(*const c_void, Text, *mut *mut c_void, *mut Error) -> i32,
    find: extern "C" fn(*mut c_void, *const c_char) -> *const Streams,
    health: *const c_void,
    destroy: extern "C" fn(*mut c_void),
}
unsafe impl Sync for Plugin {}

struct First { sink: Sink, label: String }

extern "C" fn create(_: *const c_void, _: Text, plugin: *mut *mut c_void, _: *mut Error) -> i32 { unsafe { *plugin = Box::into_raw(Box::new(0u8)).cast() }; 0 }
extern "C" fn destroy(plugin: *mut c_void) { drop(unsafe { Box::from_raw(plugin.cast::<u8>()) }) }
extern "C" fn find(_: *mut c_void, id: *const c_char) -> *const Streams {
    if unsafe { CStr::from_ptr(id) } == c"patchbay.intent/1" { &STREAMS } else { std::ptr::null() }
}

extern "C" fn open(_: *mut c_void, options: Text, sink: *const Sink, stream: *mut *mut c_void, _: *mut Error) -> i32 {
    let json = String::from_utf8_lossy(unsafe { std::slice::from_raw_parts(options.bytes, options.length as usize) }).into_owned();
    // A real plugin uses a JSON parser; for the first label's name a search will do.
    let label = json.split("\"name\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("none").to_string();
    unsafe { *stream = Box::into_raw(Box::new(First { sink: *sink, label })).cast() };
    0
}
extern "C" fn push(stream: *mut c_void, frame: *const Frame) -> i32 {
    let (first, frame) = unsafe { (&*stream.cast::<First>(), *frame) };
    if frame.kind == 2 {
        let answer = format!("{{\"labels\":[{{\"name\":\"{}\",\"confidence\":1}}]}}", first.label);
        (first.sink.emit)(first.sink.context, &Frame { kind: 3, flags: 0, item: frame.item, time_us: 0, data: answer.as_ptr().cast(), length: answer.len() as u64 });
        (first.sink.emit)(first.sink.context, &Frame { kind: 6, flags: 0, item: frame.item, time_us: 0, data: std::ptr::null(), length: 0 });
    }
    0
}
extern "C" fn cancel(_: *mut c_void, _: u64) {}
extern "C" fn close(stream: *mut c_void) { drop(unsafe { Box::from_raw(stream.cast::<First>()) }) }

static STREAMS: Streams = Streams { open, push, cancel, close };
const fn text(literal: &'static str) -> Text { Text { bytes: literal.as_ptr(), length: literal.len() as u64 } }
static PLUGIN: Plugin = Plugin {
    abi: 1, size: std::mem::size_of::<Plugin>() as u32, flags: 0, reserved: 0,
    name: text("intent-first"), kind: text("intent"), version: text("1.0.0"), config_schema: text(""),
    create, find, health: std::ptr::null(), destroy,
};

#[no_mangle]
pub extern "C" fn patchbay_plugin_v1() -> *const Plugin { &PLUGIN }
