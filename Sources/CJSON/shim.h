#include <json.h>
#include <json_object_iterator.h>
