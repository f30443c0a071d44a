/**
 * Words for shops, sales, customer support and marketing, in the form of the idioms. What is done is apart from what it is done to. Written from general
 * knowledge of such APIs, never from the labelled queries.
 */

/** What shops, sales people, support agents and marketers do. */
export const WHAT_TRADE_DOES = `
offer_for_sale put_up_for_sale put_on_sale put_it_on_the_shelf list_for_sale start_selling add_to_the_range add_to_the_shop put_in_the_shop put_in_the_store something_to_sell > create product | item listing
take_off_sale take_off_the_shelf pull_from_the_shop pull_from_the_store no_longer_offer delist > delete unpublish product | archive item
place_an_order make_an_order take_an_order enter_an_order somebody_ordered order_for_a_customer order_by_phone > create order | draft
call_off_an_order cancel_a_purchase undo_an_order scrap_an_order stop_the_order > cancel order | orders
put_in_the_basket put_in_the_cart add_to_basket add_to_cart put_it_in_my_cart drop_in_the_cart > add cart item | line basket
take_out_of_the_cart take_out_of_the_basket remove_from_cart remove_from_basket > remove delete cart item | line
empty_the_cart clear_the_cart empty_the_basket > clear delete cart | items
get_it_out_of_the_door get_the_order_out send_out_the_order send_the_goods ship_the_order ship_an_order ship_the_goods pack_and_ship order_has_left mark_as_shipped mark_as_sent has_been_shipped > create fulfillment shipment | order ship
hold_back_the_order hold_the_order dont_ship_yet keep_the_order_back > hold fulfillment order | hold
print_a_label buy_a_label buy_postage print_postage label_for_a_parcel label_for_the_package > create label shipment | buy rate
compare_carriers compare_postage cheapest_way_to_send cheapest_carrier how_much_is_the_postage what_does_shipping_cost what_does_delivery_cost cost_to_send > get list rates shipping | shipment carrier
come_and_collect collect_the_parcels pick_up_the_parcels pick_up_the_parcel collect_the_goods arrange_a_collection > create pickup | schedule shipment
where_is_the_parcel where_is_the_package where_is_the_order where_is_the_delivery has_it_arrived has_it_been_delivered when_will_it_arrive when_does_it_arrive follow_the_parcel follow_the_package track_a_parcel > get tracking tracker shipment | delivery status
send_it_back sends_it_back send_goods_back wants_to_return wants_to_send_back bring_goods_back return_goods return_an_item return_the_item accept_a_return take_goods_back > create return | order rma
swap_for_another_size exchange_for_another exchange_the_item swap_the_item > create exchange return | order
goods_came_in goods_arrived goods_have_arrived book_goods_in new_delivery_from_the_supplier receive_goods > receive inventory purchase order | adjust stock
how_many_do_we_have_left how_many_are_left how_much_stock how_much_is_in_stock do_we_have_any_left are_we_out_of is_it_in_stock what_is_in_stock what_is_in_the_warehouse > get inventory stock level | quantity
count_the_stock correct_the_stock change_the_stock set_the_stock fix_the_stock_count write_off_stock > set adjust inventory level | stock quantity
move_stock shift_stock send_to_another_warehouse between_warehouses > transfer inventory | stock location
put_in_a_collection put_in_a_category group_products products_into_groups > create add collection product | category collect
rate_the_product leave_a_review write_a_review give_stars product_rating > create review | rating product
left_their_cart left_the_cart without_buying did_not_finish_the_checkout never_finished_checkout didnt_complete_checkout abandoned > abandoned checkout cart | checkouts
give_a_gift_card sell_a_gift_card issue_a_gift_card make_a_gift_card > create gift card | voucher
collect_points earn_points give_points award_points redeem_points spend_points > loyalty points | reward accrue redeem
met_someone new_acquaintance new_business_contact add_to_my_contacts put_in_the_crm put_in_the_address_book save_a_contact someone_we_met > create contact | person lead
two_records_of_the_same same_person_twice same_customer_twice duplicate_contacts duplicates_of entered_twice double_entries > merge contacts | duplicate
has_potential turn_a_lead_into make_a_lead_a_customer lead_became convert_a_lead qualify_a_lead > convert lead | qualify contact deal
new_business_opportunity chance_of_a_sale open_a_deal start_a_deal track_a_sale possible_sale > create deal opportunity | pipeline
deal_is_won deal_was_won we_won_the_deal won_the_deal closed_the_deal signed_the_deal deal_is_lost lost_the_deal lost_the_customer_deal move_the_deal next_stage_of_the_deal deal_moves_on further_in_the_pipeline > update deal opportunity stage | status
who_handles_this_customer who_looks_after change_who_looks_after give_the_lead_to give_the_deal_to account_manager sales_rep_of key_account > assign owner | contact deal user
note_a_call log_a_call log_a_meeting log_an_email write_down_a_call > create note activity engagement | call log
put_a_note_on add_a_note_to > create note | activity
follow_up_with_a_customer call_them_back call_back_later get_back_to_a_customer remember_to_call > create task activity | follow up
attach_to_the_company belongs_to_a_company connect_a_contact tie_a_contact > associate create association | contact company
customer_has_a_problem customer_has_a_question customer_needs_help open_a_ticket raise_a_ticket file_a_ticket log_a_ticket new_support_case report_a_problem_to > create ticket case | request
answer_a_customer answer_the_customer answer_a_ticket answer_the_ticket reply_to_a_ticket reply_to_the_customer respond_to_the_ticket get_back_to_the_customer > create reply comment ticket | conversation update
note_for_colleagues internal_note internal_comment only_for_the_team hidden_from_the_customer private_note > create note comment | internal private ticket
give_the_ticket_to hand_the_ticket pass_the_ticket take_the_ticket who_takes_this_ticket put_an_agent_on > assign update ticket | agent assignee
make_it_urgent more_urgent less_urgent this_is_urgent is_urgent bump_the_priority > update priority | ticket
solve_the_ticket ticket_is_solved problem_is_solved close_the_case case_closed sort_the_ticket > update close ticket solved | resolve status
open_the_ticket_again problem_came_back customer_wrote_again > reopen update ticket | open status
same_problem_twice combine_tickets two_tickets_about > merge ticket | tickets
hand_to_second_level second_level third_level pass_to_an_expert take_it_higher > escalate ticket | group
ask_how_it_went ask_if_they_were_happy were_they_happy are_they_satisfied is_the_customer_happy happy_with_the_help > satisfaction rating | csat survey
write_a_help_page write_a_help_article add_to_the_help_pages add_to_the_faq > create article | help knowledge
start_a_live_chat live_chat chat_with_a_visitor website_chat > create conversation chat | visitor
mail_all_customers mail_everybody write_to_all_customers write_to_all_subscribers mail_to_everybody send_to_the_list send_the_newsletter send_out_a_newsletter > send create campaign | list email
send_a_test_mail send_me_a_test try_the_mail_first send_it_to_me_first > test campaign email | send
send_the_campaign launch_the_campaign start_the_campaign fire_the_campaign set_the_campaign_off > send start campaign | schedule
plan_the_mailing send_the_campaign_on time_the_campaign > schedule campaign | send
stop_the_campaign halt_the_mailing pause_the_campaign pause_the_ads stop_the_ads stop_advertising > pause stop campaign | cancel
put_on_the_list put_on_our_list put_on_the_mailing_list add_to_the_mailing_list add_to_our_list wants_our_newsletter wants_the_newsletter wants_to_hear_from_us > add create subscriber list member | contact audience
take_off_the_list take_off_our_list take_off_the_mailing_list no_longer_wants_mail never_mail_them dont_mail_them_again stop_mailing doesnt_want_our_mail no_longer_wants_the_newsletter > unsubscribe remove delete subscriber | suppression list member
who_opened_the who_opened who_clicked who_read_the_mail how_many_opened how_many_clicked how_did_the_campaign_do how_did_the_mailing_do how_did_the_newsletter_do how_well_did_the > get report campaign statistics | opens clicks
mails_that_bounced mails_that_never_arrived never_arrived could_not_be_delivered addresses_that_dont_work dead_addresses bad_addresses > list bounces | suppression bounced
people_who_complained marked_us_as_spam reported_as_spam > list spam complaints | reports suppression
kind_of_customers group_of_customers target_group target_audience > segment audience | list
mail_series series_of_mails welcome_mails welcome_series drip_campaign follow_up_mails mails_one_after_another > automation workflow sequence | journey
mail_design design_of_the_mail layout_of_the_mail mail_layout reusable_mail > template | email
run_an_ad run_ads place_an_ad put_up_an_ad advertise advertise_on > create ad campaign | ads
spend_more_on_ads spend_less_on_ads raise_the_ad_budget > update budget campaign | ad
`

/** What outsiders call the things of shops, sales, support and marketing. */
export const THINGS_OF_TRADE = `
things_people_bought what_people_bought what_was_bought what_they_bought bought_items purchased_items > order line items | orders
orders_to_ship orders_to_send open_orders unshipped unfulfilled what_must_be_sent what_has_to_be_sent what_do_we_have_to_ship to_be_shipped > list orders fulfillment | unfulfilled
past_orders previous_orders order_history purchase_history earlier_purchases what_did_they_buy > list orders | order customer
order_confirmation confirmation_of_the_order > order | email receipt
size_and_colour sizes_and_colours versions_of_a_product kinds_of_a_product product_options > variants variant | product option
product_photo product_picture picture_of_the_product product_images > product image | images
product_text product_details what_a_product_is product_page > get product | products
bar_code barcode article_number item_number part_number ean upc gtin isbn > sku barcode | variant product
shop_window shop_front storefront web_shop webshop online_shop online_store > shop store | storefront
shop_category product_group department_of_the_shop product_range > collection category | product
running_low low_stock nearly_sold_out almost_sold_out about_to_run_out > inventory level stock | low product
stock_place stock_location where_goods_are_kept storage_place fulfilment_center fulfillment_center distribution_center > location | inventory warehouse
supplies_order order_from_the_supplier reorder_from order_more_stock > purchase order | create supplier
delivery_note packing_slip packing_list pick_list > fulfillment | packing slip order
home_delivery delivery_address ship_to address_to_send where_to_send > shipping address | order customer
delivery_date arrival_date expected_arrival eta > delivery estimate | shipment tracking
tracking_code tracking_number consignment_number parcel_number > tracking number | shipment
delivery_option delivery_options shipping_options ways_to_send ways_to_ship > shipping rates methods | carrier
delivery_zone delivery_area where_do_we_ship countries_we_ship > shipping zone | zones
damaged_goods broken_item wrong_item faulty_item faulty_goods arrived_broken > return refund | order
returned_goods goods_sent_back items_sent_back > returns return | order
money_for_returned > refund return | order
shopping_list wish_list wishlist want_list > wishlist list | items
store_branch branches_of_the_shop physical_store our_shops our_stores > location store | locations
sales_figures how_are_sales how_much_did_we_sell what_did_we_sell what_sold sold_this_week sold_today daily_sales > report sales orders | statistics
best_customers biggest_customers top_customers who_spends_most > customers report | orders
sales_funnel sales_pipeline sales_process stages_of_the_sale > pipeline stages | deals
hot_leads possible_customer possible_customers interested_people interested_person interested_party prospective_customer enquiries enquiry inquiries > leads lead | contacts
people_we_know people_i_know business_card business_cards people_at_the_company contact_person contact_persons > contacts contact | people
client_company client_companies customer_company business_customers corporate_customer > companies account company | accounts
history_with_a_customer what_we_did_with_a_customer talks_with_the_customer dealings > activities engagements timeline | notes contact
deals_in_progress open_deals running_deals expected_deals sales_we_expect forecast_of_sales sales_forecast > list deals opportunities | forecast pipeline
own_field own_fields extra_field extra_fields additional_field custom_data > custom field property | properties attribute
sales_team sales_people salespeople reps > users owners | team
price_book discount_list > price list | pricebook
help_desk_request support_question support_questions support_cases customer_problems customer_complaints cry_for_help > tickets ticket | requests cases
waiting_tickets unanswered_tickets unanswered_questions open_questions_of_customers support_queue support_inbox > list tickets | open queue view
ticket_history what_was_said_in_the_ticket messages_of_the_ticket > ticket comments | conversations audits
support_agent support_agents support_staff helpdesk_people > agents users | agent
support_team support_group > group groups | team
ready_made_answer ready_made_answers standard_answers standard_reply saved_reply saved_replies prepared_answer text_snippets quick_reply > macros macro | canned response template
answer_deadline promised_time time_to_answer how_fast_do_we_answer first_response > sla policy | metrics ticket
rules_for_tickets when_a_ticket_comes_in automatic_ticket > triggers automations | rule
help_text help_texts help_article how_to_page support_article instructions_for_customers > articles article | help center knowledge
kind_of_ticket ticket_kind form_for_tickets > ticket form | field
customers_opinion customer_feedback opinions_of_customers customer_reviews what_customers_think > reviews ratings | survey feedback
marketing_mail marketing_mails promotional_email advertising_mail mass_email bulk_mail email_blast e_shot > campaign | email campaigns
people_on_the_list people_on_our_list who_is_on_the_list addresses_on_the_list recipients_of_the_newsletter newsletter_readers > list members subscribers | contacts audience
subscription_form sign_up_form newsletter_form join_form > form | signup
do_not_mail_list do_not_contact suppressed unsubscribed_people people_who_unsubscribed people_who_opted_out > suppression unsubscribes | list
subject_line subject_of_the_mail > subject | campaign
ad_text ad_picture banners > ad creative | ads
what_the_ads_cost what_did_the_ads_cost return_on_ads ad_results ad_figures how_are_the_ads_doing > insights ads report | campaign statistics
ad_target who_sees_the_ad ad_audience lookalike > targeting audience | custom ad
search_ranking seo_position google_position position_in_search > keyword ranking | search
where_visitors_come_from sources_of_traffic referring_sites who_sends_us_visitors > referrers referrer | traffic analytics
sales_page squeeze_page promo_page campaign_page > landing page | pages
tracking_link tagged_link utm short_link shortened_link link_shortener short_url > link | utm shorten
social_post social_posts social_media_post post_on_facebook post_on_instagram post_on_linkedin > create post | publish media
affiliate affiliates partner_program referral referrals > affiliate referral | partner
`
