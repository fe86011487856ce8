/* hiredis' pkg-config file passes a flag that SwiftPM refuses, so the module names its library itself. */
#include <hiredis/hiredis.h>
#include <hiredis/async.h>
