extension Settings {
    static let schema = """
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "base_url": {"type": "string", "minLength": 8, "default": "\(API.base)"},
            "token_secret": {
              "type": "string", "minLength": 1, "default": "hubspot_token",
              "description": "Name of the secret that holds the token of a private app."
            },
            "client_id": {"type": "string", "default": "", "description": "Of a public app, with refresh_token_secret."},
            "client_secret_secret": {"type": "string", "minLength": 1, "default": "hubspot_client_secret"},
            "refresh_token_secret": {
              "type": "string", "default": "",
              "description": "Name of the secret that holds a refresh token; then token_secret is not used."
            },
            "id_property": {
              "type": "string", "minLength": 1, "default": "patchbay_id",
              "description": "Property of calls and notes that holds our identifier."
            },
            "unique_ids": {
              "type": "boolean", "default": true,
              "description": "id_property was made with hasUniqueValue; false: what exists is found by search."
            },
            "phone_property": {
              "type": "string", "default": "patchbay_phone",
              "description": "Unique property of contacts that holds the number; empty: contacts are found by search."
            },
            "search_properties": {
              "type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": \(API.searchGroups),
              "default": ["phone", "mobilephone"], "description": "Properties of contacts that hold numbers."
            },
            "score_property": {"type": "string", "default": "patchbay_score", "description": "Empty: not written."},
            "stage_property": {"type": "string", "default": "patchbay_stage", "description": "Empty: not written."},
            "scored_at_property": {
              "type": "string", "default": "patchbay_scored_at",
              "description": "When the score was found, so that an older one does not replace it; empty: the last one wins."
            },
            "sentiment_property": {"type": "string", "default": "patchbay_sentiment", "description": "Of calls."},
            "resolution_property": {"type": "string", "default": "patchbay_resolution", "description": "Of calls."},
            "summary_property": {"type": "string", "default": "patchbay_summary", "description": "Of calls."},
            "stage_values": {
              "type": "object", "additionalProperties": {"type": "string"}, "default": {},
              "description": "Our stages as stage_property has them: {\\"hot\\": \\"OPEN_DEAL\\"}."
            },
            "dispositions": {
              "type": "object", "additionalProperties": {"type": "string", "minLength": 1}, "default": {},
              "description": "Our dispositions as HubSpot's: a GUID, or busy, connected, left_live_message, left_voicemail, no_answer, wrong_number; \\"*\\" for all others."
            },
            "owner_id": {"type": "string", "default": "", "description": "Whose calls and notes they are."},
            "new_contact": {
              "type": "object", "additionalProperties": {"type": "string"}, "default": {},
              "description": "More properties of a contact that is made."
            },
            "transcript": {"type": "boolean", "default": true, "description": "Whether a call's text has what was said."},
            "leads_filters": {
              "type": "array", "maxItems": 4, "items": {"type": "object"}, "default": [],
              "description": "Filters of HubSpot's search that a lead must pass."
            },
            "leads_properties": {
              "type": "array", "items": {"type": "string", "minLength": 1}, "default": [],
              "description": "More properties that become a lead's metadata."
            },
            "utc_offset_minutes": {
              "type": "integer", "minimum": -720, "maximum": 840, "default": 0,
              "description": "Of the account's time zone: its midnight ends the daily limit."
            },
            "connect_ms": {"type": "integer", "minimum": 1, "maximum": 60000, "default": 5000},
            "total_ms": {
              "type": "integer", "minimum": 1000, "maximum": 600000, "default": 18000,
              "description": "The longest that one record may take, with all its requests; below first_ms of the route."
            }
          }
        }
        """
}
